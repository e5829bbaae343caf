// What a page of another site can do to somebody who is signed in: show our pages in a frame, send our forms, read our
// answers, lead through our links to elsewhere. Nothing comes of it.

import { createServer } from 'node:http';
import { enter, expect } from './pages_people.mjs';

const page = (origin) => `<!doctype html><title>Elsewhere</title>
<iframe id="framed" src="${origin}/account"></iframe>
<form id="forged" method="post" action="${origin}/sign-out"><input name="form_key" value="a"><input name="form_mark" value="b"></form>
<form id="named" method="post" action="${origin}/account/name" enctype="text/plain"><input name="name" value="Mallory"></form>`;

export async function anotherSite(world) {
  const { origin } = world;
  const server = createServer((_, answer) => answer.setHeader('content-type', 'text/html').end(page(origin)));
  await new Promise((listening) => { server.listen(0, '127.0.0.1', listening); });
  // The same machine by another name is another site.
  const elsewhere = `http://localhost:${server.address().port}/`;
  const { page: tab, context, who } = await enter(world, 'hub_manager');
  try {
    await tab.goto(elsewhere, { waitUntil: 'load' });
    const framed = await (await tab.$('#framed')).contentFrame();
    expect(!(await framed.content()).includes(who.name), 'a page is shown in a frame of another site');
    const read = await tab.evaluate(async (at) => {
      try {
        return await (await fetch(`${at}/account`, { credentials: 'include' })).text();
      } catch {
        return '';
      }
    }, origin);
    expect(read === '', 'another site reads a page');
    for (const form of ['forged', 'named']) {
      await tab.goto(elsewhere, { waitUntil: 'load' });
      const [answer] = await Promise.all([
        tab.waitForResponse((it) => it.request().method() === 'POST'),
        tab.evaluate((id) => document.getElementById(id).submit(), form),
      ]);
      const out = answer.status() === 303 && /^\/sign-in/.test(answer.headers().location);
      expect(out || [403, 415].includes(answer.status()), `the form ${form} of another site is answered ${answer.status()}`);
    }
    await tab.goto(`${origin}/account`);
    expect((await tab.locator('main').innerText()).includes(who.name), 'a form of another site signed them out, or renamed them');
    for (const next of ['//localhost', `http://localhost:${server.address().port}/`, '/\\localhost', 'javascript:alert(1)']) {
      await tab.goto(`${origin}/sign-in?next=${encodeURIComponent(next)}`);
      expect(new URL(tab.url()).origin === origin, `${next} leads to ${tab.url()}`);
    }
  } finally {
    await context.close();
    server.closeAllConnections();
    server.close();
  }
}
