// What each person does in a day, clicked through as they do it. A step that can't be done is a fault.

import { anotherSite } from './pages_attacks.mjs';
import { aProgramme } from './pages_day_programme.mjs';
import { support } from './pages_day_support.mjs';
import { aYear } from './pages_day_year.mjs';
import { DEVICES, PHONE, enter, expect } from './pages_people.mjs';

// The events of the catalogue that have a place left, by their links.
async function free(page, origin) {
  await page.goto(`${origin}/catalogue?places_left=yes`);
  return page.$$eval('.card h2 a', (links) => links.map((a) => a.getAttribute('href')));
}

// A teacher on a phone asks for a place in two clicks from the catalogue; their lead approves it; the teacher sees that.
// Signed out, "back" shows nothing of it.
async function aPlace(world, script) {
  const { origin } = world;
  const teacher = await enter(world, 'teacher', { viewport: PHONE, javaScriptEnabled: script });
  let asked;
  for (const path of await free(teacher.page, origin)) {
    await teacher.page.goto(`${origin}/catalogue?places_left=yes`);
    // The first click.
    await teacher.page.locator(`.card h2 a[href="${path}"]`).click();
    const button = teacher.page.getByRole('button', { name: /^(Ask for a place|Book)/ });
    if ((await button.count()) === 0) continue;
    const title = (await teacher.page.locator('h1').innerText()).trim();
    // The second.
    await Promise.all([teacher.page.waitForURL((url) => url.pathname !== path || url.search !== ''), button.first().click()]);
    asked = { path, title };
    break;
  }
  expect(asked, 'no event of the catalogue can be asked for in two clicks');
  await teacher.page.goto(`${origin}/places`);
  let text = await teacher.page.locator('main').innerText();
  expect(text.includes(asked.title), `My places does not show ${asked.title}`);

  const lead = await enter(world, 'school_lead', { javaScriptEnabled: script });
  await lead.page.goto(`${origin}/approvals`);
  const request = lead.page.locator('main tr, main li, main .card').filter({ hasText: asked.title }).filter({ hasText: teacher.who.name });
  if ((await request.count()) > 0) {
    await request.first().getByRole('button', { name: /^Approve/ }).click();
    await lead.page.waitForLoadState('load');
    text = await lead.page.locator('.notice.done').innerText();
    expect(text.trim() !== '', 'the approval says nothing of itself');
    await teacher.page.goto(`${origin}/places`);
    const place = teacher.page.locator('main tr, main li, main .card').filter({ hasText: asked.title }).first();
    expect(/Booked/.test(await place.innerText()), 'the teacher does not see that the place is booked');
  } else {
    // Where the school approves by itself, the place is booked already.
    await teacher.page.goto(`${origin}/places`);
    const place = teacher.page.locator('main tr, main li, main .card').filter({ hasText: asked.title }).first();
    expect(/Booked/.test(await place.innerText()), `nobody is asked to approve ${asked.title}, and it is not booked`);
  }
  await lead.context.close();

  await signOut(teacher, origin);
  await teacher.context.close();
}

async function signOut({ page, who }, origin) {
  await page.goto(`${origin}/catalogue`);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL(/\/sign-in/);
  await page.goBack();
  await page.waitForLoadState('domcontentloaded');
  const text = await page.locator('body').innerText();
  expect(!text.includes(who.name) && /Sign in/.test(text), `after signing out, "back" shows ${text.slice(0, 100)}`);
}

// A list is filtered as one types: the page, the keyboard and what is typed stay, and the address has the filter.
async function asOneTypes(page, origin) {
  await page.goto(`${origin}/people`);
  await page.evaluate(() => { window.same = true; });
  const name = page.locator('form.filter').getByLabel('Name', { exact: true });
  await name.pressSequentially('no such name');
  await page.locator('main .empty').waitFor();
  const kept = await page.evaluate(() => window.same && document.activeElement.id);
  expect(kept === 'text' && /text=no\+such\+name/.test(page.url()), `typing leads to ${page.url()}, with the keyboard at ${kept}`);
  // What is chosen by keys waits for the button.
  await page.locator('#role').focus();
  await page.keyboard.press('ArrowDown');
  await page.waitForTimeout(600);
  expect(!/role=/.test(page.url()), `a key sends the filter: ${page.url()}`);
}

// A manager looks something up in the books, has them verified, takes a list away, and changes a setting.
async function theBooks(world, options) {
  const { origin } = world;
  const { page, context } = await enter(world, 'hub_manager', options);
  await page.goto(`${origin}/ledger`);
  await page.getByLabel('Words').fill('allocation');
  await Promise.all([page.waitForEvent('load'), page.getByRole('button', { name: 'Search' }).click()]);
  expect(/text=allocation/.test(page.url()), `the search leads to ${page.url()}`);
  await page.locator('tbody th a').first().click();
  const entries = await page.locator('tbody tr').count();
  expect(entries >= 2, `a transaction of ${entries} entries`);
  await page.goto(`${origin}/ledger/verification`);
  await page.getByRole('button', { name: 'Verify now' }).click();
  await page.getByText('Everything agrees').waitFor();
  if (options.javaScriptEnabled !== false) await asOneTypes(page, origin);
  const taken = await context.request.get(`${origin}/files/people.xlsx`);
  expect(taken.status() === 200 && (await taken.body()).subarray(0, 2).toString() === 'PK', 'the people are no workbook');
  const named = taken.headers()['content-disposition'] ?? '';
  expect(/filename="people-\d{4}-\d\d-\d\d\.xlsx"/.test(named), `a workbook called ${named}`);
  await page.goto(`${origin}/settings/edit`);
  await page.getByLabel('Time to decide on a request').fill('0');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.locator('.notice.wrong').waitFor();
  expect((await page.getByLabel('Time to decide on a request').inputValue()) === '0', 'what was typed is gone');
  await page.getByLabel('Time to decide on a request').fill('6');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('The changes are saved.').waitFor();
  expect(/6 working days/.test(await page.locator('main').innerText()), 'the setting is not shown');
  await context.close();
}

const DAYS = [
  ['a programme', aProgramme],
  ['a year', aYear],
  ['support and its pay', support],
  ['the books', theBooks],
];

// Each day on each device; what it makes is marked by a letter of its own.
export const days = [
  ['a place, on a phone', (world) => aPlace(world, true)],
  ['a place, on a phone without a script', (world) => aPlace(world, false)],
  ['a page of another site', anotherSite],
  ...DEVICES.flatMap(([device, options], at) => DAYS.map(([name, day]) => [
    `${name}, ${device}`, (world) => day(world, options, 'ABC'[at]),
  ])),
];
