// Support and its pay: the lead asks the partner for help, the partner quotes, the lead agrees, the partner delivers, the lead
// accepts, and the partner sees what it is owed; the hub states and pays it. The partner drafts a programme as well, which the
// manager publishes. The lead offers a gift and withdraws it.

import { asked, dayIn, enter, expect, fill, follow, press, says, words } from './pages_people.mjs';

export async function support(world, options, mark) {
  const lead = await enter(world, 'school_lead', options);
  const partner = await enter(world, 'partner', options);
  const title = `A day with our department ${mark}`;
  const owed = await owes(partner);

  await lead.open('/support');
  await follow(lead.page, 'Ask every school for help');
  const asked = lead.page.locator('#provider');
  const value = await asked.locator('option').filter({ hasText: 'Example Leadership Trust' }).getAttribute('value');
  await asked.selectOption(value);
  await fill(lead.page, { 'What it is about': title, 'What you need': 'Somebody who shows us how.' });
  await press(lead.page, 'Ask');
  await says(lead.page, 'You have asked.');
  const commission = new URL(lead.page.url()).pathname;

  await partner.open('/support/commissions');
  await follow(partner.page, title);
  await follow(partner.page, 'Quote');
  await fill(partner.page, {
    'What is delivered': 'A day at your school',
    'What counts as done': 'The day was held.',
    'Due on': dayIn(20),
    'Or a fixed price in credits': '6',
    'Can be agreed until': dayIn(10),
  });
  await press(partner.page, 'See what it comes to');
  await press(partner.page, /^Send the quote/);
  await says(partner.page, 'The quote is sent.');

  await lead.open(commission);
  await follow(lead.page, /agree$/);
  await says(lead.page, '6');
  await press(lead.page, /^Agree/);
  await says(lead.page, 'What was agreed');

  await partner.open(commission);
  await follow(partner.page, /^Say that it is delivered/, partner.page.locator('main .card'));
  await press(partner.page, 'It is delivered');
  await says(partner.page, 'It is marked as delivered.');
  await lead.open(commission);
  await follow(lead.page, /accept/i, lead.page.locator('main .card'));
  await press(lead.page, /^Accept/);
  await says(lead.page, 'It is accepted and paid.');
  const now = await owes(partner);
  expect(now > owed, `the partner was owed ${owed}, and is owed ${now}`);

  await settles(world, options, partner);
  await drafts(world, options, partner, mark);
  await gift(lead);
  for (const one of [lead, partner]) await one.context.close();
}

async function owes({ page, open }) {
  await open('/partner/settlements');
  return Number((await page.locator('.figures dd').first().innerText()).replaceAll(',', ''));
}

// The manager states what is owed, and records that the bank has paid it; the partner sees that.
async function settles(world, options, partner) {
  const { page, context, open } = await enter(world, 'hub_manager', options);
  await open('/partners');
  await follow(page, 'Example Leadership Trust');
  await follow(page, 'Make a statement');
  await press(page, 'Show what would be on it');
  await press(page, /^Make the statement/);
  await follow(page, 'Record a payment');
  await fill(page, { 'The bank’s reference': 'BACS 77' });
  await press(page, 'Go on');
  await press(page, /^Record/);
  await says(page, 'The payment is recorded.');
  await context.close();
  expect((await owes(partner)) === 0, 'what was paid is owed still');
  await says(partner.page, 'Paid');
}

// The partner drafts a programme; the manager publishes it.
async function drafts(world, options, { page, open }, mark) {
  const title = `Leading well ${mark}`;
  await open('/programmes');
  await follow(page, 'Add a programme');
  await fill(page, { Title: title });
  await press(page, 'Save');
  await says(page, title);
  const path = new URL(page.url()).pathname;
  await open('/partner/events');
  const manager = await enter(world, 'hub_manager', options);
  await manager.open(path);
  await asked(manager.page, 'Publish');
  await press(manager.page, 'Publish it');
  await says(manager.page, 'It is published: everyone sees it.');
  await manager.context.close();
  await open(path);
  expect(!(await words(page)).includes('Draft'), 'the partner’s programme is a draft still');
}

async function gift({ page, open }) {
  await open('/credits');
  await follow(page, /^Gifts to and from/);
  await follow(page, /Give|Offer/);
  await page.locator('main').getByLabel('To which school', { exact: true }).selectOption({ index: 1 });
  await fill(page, { 'How many credits': '3', 'A message to them': 'With thanks' });
  await press(page, 'Offer the credits');
  await says(page, 'The gift is offered.');
  await press(page, 'Withdraw the offer');
  await says(page, 'You have withdrawn the offer.');
}
