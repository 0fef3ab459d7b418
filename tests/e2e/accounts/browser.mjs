// SPDX-License-Identifier: Apache-2.0
// One connection in Chromium: MODULES CHROMIUM HOST LINK HOW WHO. HOW is popup, tab, or deny. Prints what was seen as JSON.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [modules, chromium, host, link, how, who] = process.argv.slice(2);
const puppeteer = await import(pathToFileURL(`${modules}/puppeteer-core/lib/puppeteer/puppeteer-core.js`));
const profile = mkdtempSync(join(tmpdir(), 'tento-browser-'));
const browser = await puppeteer.launch({
  executablePath: chromium,
  headless: true,
  userDataDir: profile,
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run'],
});

// The service's own pages: sign in, then agree.
async function atTheService(page) {
  for (let i = 0; i < 5 && !page.isClosed() && !page.url().startsWith(host); i += 1) {
    await page.waitForSelector('form', { timeout: 20000 });
    if (how === 'deny') {
      await Promise.all([page.waitForNavigation(), page.click('a[href*="abort"]')]);
    } else if (await page.$('input[name="login"]')) {
      await page.type('input[name="login"]', who);
      await page.type('input[name="password"]', 'x');
      await Promise.all([page.waitForNavigation(), page.click('button[type="submit"]')]);
    } else {
      // The window may close by itself at the end of this.
      await Promise.all([page.waitForNavigation().catch(() => {}), page.click('button[type="submit"]')]);
    }
  }
}

try {
  const page = await browser.newPage();
  const said = {};
  if (how === 'tab') {
    await page.goto(link);
    await atTheService(page);
    said.text = await page.evaluate(() => document.body.innerText);
    await Promise.all([page.waitForNavigation(), page.click('a')]);
    said.back = page.url();
  } else {
    await page.goto(`${host}/`);
    const news = page.evaluate(
      () => new Promise((done) => window.addEventListener('message', (event) => event.origin === location.origin && done(event.data))),
    );
    const opened = new Promise((done) => page.once('popup', done));
    await page.evaluate((url) => { window.open(url, 'connect', 'width=600,height=700'); }, link);
    const popup = await opened;
    await popup.waitForSelector('form', { timeout: 20000 });
    await atTheService(popup);
    said.news = await news;
    await new Promise((done) => setTimeout(done, 500));
    said.closed = popup.isClosed();
    if (!said.closed) said.text = await popup.evaluate(() => document.body.innerText);
  }
  process.stdout.write(`${JSON.stringify(said)}\n`);
} finally {
  await browser.close();
  rmSync(profile, { recursive: true, force: true });
}
