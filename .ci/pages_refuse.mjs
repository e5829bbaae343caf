// Forms that are refused: each must come back, say why, keep what was typed, and be usable as before.

import { WIDE, kindOf, usable } from './pages_look.mjs';

// Every form of a page with a text in it, sent with texts that nobody takes; and those that need something, sent empty.
// What needs nothing is not sent empty: it would be taken.
export async function refuse(world, tab, who, url) {
  const forms = await tab.page.evaluate(() => [...document.querySelectorAll('main form[method=post]')].map((form, index) => ({
    index,
    action: form.action,
    texts: form.querySelectorAll('input:is([type=text], [type=email], :not([type])):not([readonly]), textarea').length,
    needs: form.querySelectorAll('input[required]:not([type=radio], [type=checkbox]), textarea[required]').length,
    file: !!form.querySelector('input[type=file]'),
  })));
  for (const { index, action, texts, needs, file } of forms) {
    if (file) continue;
    const kind = kindOf(new URL(action));
    for (const [way, able] of [['nonsense', texts > 0], ['empty', needs > 0]]) {
      const sent = `${kind} sent ${way}`;
      if (!able || world.refused.has(sent)) continue;
      world.refused.add(sent);
      await sendRefused(world, tab, who, url, index, way, sent);
    }
  }
}

async function sendRefused(world, { page }, who, url, index, way, sent) {
  const where = `${who.role} ${url.pathname}: ${sent}`;
  await page.setViewportSize(WIDE);
  await page.goto(url.href, { waitUntil: 'load' });
  const left = page.waitForEvent('framenavigated', { timeout: 10000 }).catch(() => null);
  await page.evaluate(([at, typed]) => {
    const form = document.querySelectorAll('main form[method=post]')[at];
    form.noValidate = true;
    for (const field of form.querySelectorAll('input, textarea')) {
      const text = (['text', 'email'].includes(field.type) && !field.readOnly) || field.tagName === 'TEXTAREA';
      if (text || (typed === '' && !['hidden', 'checkbox', 'radio'].includes(field.type))) field.value = typed;
    }
    form.requestSubmit();
  }, [index, way === 'empty' ? '' : 'x'.repeat(6000)]);
  await left;
  await page.waitForLoadState('load');
  const shown = await page.evaluate(() => ({
    wrong: !!document.querySelector('.notice.wrong'),
    kept: [...document.querySelectorAll('main input, main textarea')].some((field) => field.value.length === 6000),
    words: document.querySelector('main')?.innerText.slice(0, 200),
  }));
  if (!shown.wrong) world.fault(`${where}: it does not say what is wrong: ${shown.words}`);
  else if (way === 'nonsense' && !shown.kept) world.fault(`${where}: what was typed is gone`);
  else await usable(world, page, who, sent, where);
}
