// SPDX-License-Identifier: Apache-2.0
// A strict OAuth 2.0 and OpenID Connect server (oidc-provider), with the things that its users keep beside it.
// Prints one line, {"issuer":...}, then serves until it is ended. Standard input takes commands, one JSON a line:
// {"told":N} seconds that further access tokens are said to live (they live for an hour), {"things":[...]}, {"refuse":true} answers 401 to every token.
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const modules = process.argv[2];
const { default: Provider } = await import(pathToFileURL(`${modules}/oidc-provider/lib/index.js`));

const state = { told: null, things: [], refuse: false, refreshes: 0, codes: 0, devices: 0, revocations: 0, apiCalls: 0 };
const server = createServer();
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const issuer = `http://127.0.0.1:${server.address().port}`;

const secret = 'the-client-secret-of-the-tests';
const client = {
  client_secret: secret,
  grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
  response_types: ['code'],
  token_endpoint_auth_method: 'client_secret_post',
};
const provider = new Provider(issuer, {
  clients: [
    // A native client may use any port of the loopback address (RFC 8252 section 7.3).
    { ...client, client_id: 'tento', application_type: 'native', redirect_uris: ['http://127.0.0.1/oauth/callback'] },
  ],
  pkce: { required: () => true },
  rotateRefreshToken: true,
  clockTolerance: 0,
  scopes: ['openid', 'offline_access', 'email', 'things'],
  claims: { openid: ['sub'], email: ['email'] },
  ttl: { AccessToken: 3600, RefreshToken: 86400, AuthorizationCode: 60, Grant: 86400, Session: 86400, Interaction: 600, IdToken: 3600, DeviceCode: 60 },
  issueRefreshToken: async () => true,
  findAccount: async (_ctx, id) => ({ accountId: id, claims: async () => ({ sub: id, email: `${id}@myservice.example` }) }),
  features: {
    devInteractions: { enabled: true },
    deviceFlow: { enabled: true, mask: '****' },
    revocation: { enabled: true, allowedPolicy: async (_ctx, of, token) => token.clientId === of.clientId },
    introspection: { enabled: false },
    userinfo: { enabled: true },
  },
  cookies: { keys: ['k'] },
});
provider.on('grant.success', (ctx) => {
  const kind = ctx.oidc.params.grant_type;
  if (kind === 'refresh_token') state.refreshes += 1;
  if (kind === 'authorization_code') state.codes += 1;
  if (kind.includes('device_code')) state.devices += 1;
});
// A client that goes by what it is told renews its access, and no token ends while a slow machine is on its way with it.
provider.use(async (ctx, next) => {
  await next();
  if (state.told !== null && ctx.body?.expires_in) ctx.body.expires_in = state.told;
});
const answer = (response, status, body) => {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
};
server.on('request', async (request, response) => {
  const path = request.url.split('?')[0];
  if (path === '/test/state') return answer(response, 200, state);
  if (path === '/things') {
    state.apiCalls += 1;
    const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    const token = bearer && !state.refuse ? await provider.AccessToken.find(bearer) : undefined;
    if (!token || !token.isValid) return answer(response, 401, { error: 'invalid_token' });
    return answer(response, 200, state.things);
  }
  if (path === '/token/revocation' && request.method === 'POST') state.revocations += 1;
  return provider.callback()(request, response);
});
createInterface({ input: process.stdin }).on('line', (line) => {
  Object.assign(state, JSON.parse(line));
  process.stdout.write('{"ok":true}\n');
});
process.stdout.write(`${JSON.stringify({ issuer, secret })}\n`);
