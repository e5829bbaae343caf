// A programme from its draft to its register: the manager publishes two events, the teacher asks for both, the lead approves
// the one and declines the other and books a team, the teacher cancels, and the manager keeps the register.

import { asked, dayIn, enter, expect, fill, follow, goesBack, press, says, words } from './pages_people.mjs';

export async function aProgramme(world, options, mark) {
  const manager = await enter(world, 'hub_manager', options);
  const [today, later] = [`Reading today ${mark}`, `Reading later ${mark}`];
  await addsProgramme(manager, `Reading for all ${mark}`);
  const home = manager.page.url();
  // At times of its own on each device, so that nobody is at two events at once.
  const minutes = 20 + 10 * 'ABC'.indexOf(mark);
  const doors = await addsEvent(manager, home, today, dayIn(0), minutes);
  const talk = await addsEvent(manager, home, later, dayIn(40), minutes);

  const teacher = await enter(world, 'teacher', options);
  for (const event of [doors, talk]) {
    await teacher.open(event);
    await press(teacher.page, /^Ask for a place/);
    await says(teacher.page, 'You will find the decision here');
  }
  await teacher.open('/needs');
  await fill(teacher.page, { Access: 'A seat near the front' });
  await press(teacher.page, 'Save');
  await says(teacher.page, 'What you wrote is kept.');

  await decides(world, options, teacher.who.name, talk, { today, later });
  await gives(teacher, today, later);
  await keepsRegister(manager, doors, options.javaScriptEnabled !== false);
  for (const one of [manager, teacher]) await one.context.close();
}

async function addsProgramme({ page, open }, title) {
  await open('/programmes');
  await follow(page, 'Add a programme');
  await fill(page, { Title: title, 'What it is about': 'How everybody learns to read.' });
  await press(page, 'Save');
  await says(page, title);
  const publish = page.locator('main').getByRole('link', { name: 'Publish', exact: true });
  if ((await publish.count()) > 0) {
    await asked(page, 'Publish');
    await press(page, 'Publish it');
  }
}

// An event of one session on a day, published; its address in the catalogue.
async function addsEvent({ page, open }, programme, title, day, minutes) {
  await open(programme);
  await follow(page, 'Add an event');
  await fill(page, { Title: title, Places: '20', 'Price of a place, in credits': '2', 'First day': day });
  await page.locator('#pattern_starts').fill(`23:${minutes}`);
  await page.locator('#pattern_ends').fill(`23:${minutes + 5}`);
  await page.locator('#pattern_times').fill('1');
  await page.locator('#pattern_place').fill('The hall');
  await press(page, 'Lay the sessions out');
  expect((await page.locator('#pattern_first').count()) === 1, 'the form is gone');
  await press(page, 'Save as a draft');
  await says(page, 'This is a draft');
  await asked(page, 'Publish');
  await says(page, 'This can’t be undone');
  await press(page, 'Publish it');
  await says(page, 'It is published: everyone sees it.');
  return new URL(page.url()).pathname.replace(/\/manage$/, '');
}

// The lead approves one request by its button, ticks and declines another, and books a team.
async function decides(world, options, teacher, talk, { today, later }) {
  const lead = await enter(world, 'school_lead', options);
  await lead.open('/approvals');
  const request = (title) => lead.page.locator('main tbody tr').filter({ hasText: title }).filter({ hasText: teacher });
  await press(lead.page, /^Approve/, request(today));
  await says(lead.page, 'Approved. Whoever asked is told.');
  await request(later).locator('input[name=pick]').check();
  await press(lead.page, 'Decline all that are ticked');
  await says(lead.page, 'Decline this request?');
  await press(lead.page, 'Decline it');
  await says(lead.page, 'Declined. Whoever asked is told, and what was held is back.');

  await lead.open(talk);
  await follow(lead.page, 'Book for others');
  const boxes = lead.page.locator('#delegates input:not([disabled])');
  expect((await boxes.count()) >= 2, 'there is no team to book');
  await boxes.nth(0).check();
  await boxes.nth(1).check();
  await press(lead.page, 'See what it costs');
  await says(lead.page, '4 credits');
  await press(lead.page, 'Book');
  await says(lead.page, '2 of 2 have a place.');
  await lead.context.close();
}

// The teacher sees what became of it, is told what comes back, and cancels; the place that was kept is booked again.
async function gives({ page, open }, today, later) {
  await open('/places');
  await says(page, later);
  await follow(page, today);
  await says(page, 'Booked');
  await asked(page, 'Cancel the place');
  await says(page, 'Comes back');
  await goesBack(page, 'Keep it');
  await open('/notices');
  await says(page, today);
}

// The manager marks whoever is there, on the day of the session.
async function keepsRegister({ page, open }, event, script) {
  await open(`${event}/register`);
  await says(page, '0 of 1 marked');
  const mark = page.locator('.delegate .marks label').first();
  if (script) {
    // A tick is saved as it is made.
    await Promise.all([page.waitForResponse((it) => it.request().method() === 'POST' && it.ok()), mark.click()]);
  } else {
    await mark.click();
    await press(page, 'Save the register');
  }
  await open(`${event}/register`);
  expect((await words(page)).includes('1 of 1 marked'), `the mark is not kept: ${(await words(page)).slice(0, 300)}`);
  await open(`${event}/sign-in-sheet`);
  await open(`${event}/delegates`);
  await says(page, '1 of 20');
}
