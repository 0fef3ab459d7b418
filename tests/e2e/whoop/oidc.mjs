// SPDX-License-Identifier: Apache-2.0
// A strict OAuth 2.0 server (oidc-provider) at the paths of WHOOP's, in front of the stub of its API. Refresh tokens are good once,
// and one that comes twice ends the grant. Prints {"issuer":...}; its input takes commands, one JSON a line: {"told":N} seconds
// that access tokens are said to live, {"refuse":true} answers 401 to every token.
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const [modules, stub] = process.argv.slice(2);
const { default: Provider } = await import(pathToFileURL(`${modules}/oidc-provider/lib/index.js`));
const { Service } = await import(pathToFileURL(stub));

const state = { told: null, refuse: false, refreshes: 0, codes: 0, refused: [] };
const server = createServer();
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const issuer = `http://127.0.0.1:${server.address().port}`;
const secret = 'secret-of-the-client';
const scopes = ['offline', 'read:profile', 'read:sleep', 'read:recovery', 'read:cycles', 'read:workout'];
const provider = new Provider(issuer, {
  clients: [{
    client_id: 'client-of-the-tests', client_secret: secret, grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'], token_endpoint_auth_method: 'client_secret_post', application_type: 'native',
    redirect_uris: ['http://127.0.0.1/oauth/callback'],
  }],
  routes: { authorization: '/oauth/oauth2/auth', token: '/oauth/oauth2/token' },
  pkce: { required: () => true },
  rotateRefreshToken: true,
  clockTolerance: 0,
  scopes,
  // Nobody speaks of OpenID here: a token comes with `offline` and with nothing else.
  issueRefreshToken: async (_ctx, _client, code) => code.scopes.has('offline'),
  ttl: { AccessToken: 3600, RefreshToken: 86400, AuthorizationCode: 60, Grant: 86400, Session: 86400, Interaction: 600, IdToken: 3600 },
  findAccount: async (_ctx, id) => ({ accountId: id, claims: async () => ({ sub: id }) }),
  features: { devInteractions: { enabled: true }, userinfo: { enabled: false } },
  cookies: { keys: ['k'] },
});
provider.on('grant.success', (ctx) => {
  if (ctx.oidc.params.grant_type === 'refresh_token') state.refreshes += 1;
  else state.codes += 1;
});
provider.on('grant.error', (ctx, error) => state.refused.push(`${ctx.oidc.params?.grant_type}: ${error.error}`));
provider.use(async (ctx, next) => {
  await next();
  if (state.told !== null && ctx.body?.expires_in) ctx.body.expires_in = state.told;
});

const api = new Service({
  clock: true,
  authorize: async (headers) => {
    const bearer = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
    const token = bearer && !state.refuse ? await provider.AccessToken.find(bearer) : undefined;
    return token?.isValid ? (token.scope ?? '').split(' ') : null;
  },
});
server.on('request', async (request, response) => {
  const path = request.url.split('?')[0];
  if (!path.startsWith('/developer') && !path.startsWith('/stub') && path !== '/test/state') {
    return provider.callback()(request, response);
  }
  let text = '';
  for await (const piece of request) text += piece;
  const out = path === '/test/state' ? { status: 200, headers: {}, body: JSON.stringify(state) }
    : await api.handle(request.method, request.url, text, request.headers);
  response.writeHead(out.status, out.headers);
  response.end(out.body);
});
createInterface({ input: process.stdin }).on('line', (line) => {
  Object.assign(state, JSON.parse(line));
  process.stdout.write('{"ok":true}\n');
}).on('close', () => process.exit(0));
process.stdout.write(`${JSON.stringify({ issuer, secret })}\n`);
