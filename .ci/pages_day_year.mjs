// The year of a hub: the manager imports a school from a file after a look at it, opens a year, drafts an allocation by the
// guided flow, approves it, and prints the letters. A viewer sees all of it, and has no button.

import { enter, expect, fill, follow, press, says, words } from './pages_people.mjs';

// The census of the demonstration.
const CENSUS = '2023-01-19';

export async function aYear(world, options, mark) {
  const { page, context, open } = await enter(world, 'hub_manager', options);
  const urn = String(900000 + Math.floor(Math.random() * 99999));
  const name = `Imported School ${mark}`;
  await open('/schools/import');
  const buffer = Buffer.from(`urn,name,phase,pupils,census_date\n${urn},${name},primary,210,${CENSUS}\n`);
  await page.locator('#file').setInputFiles({ name: 'schools.csv', mimeType: 'text/csv', buffer });
  await press(page, 'See what it would do');
  await says(page, 'What this file would do');
  await says(page, name);
  await press(page, 'Import the file');
  await says(page, 'The file is imported.');

  await open('/years');
  const year = await page.locator('#year option').first().getAttribute('value');
  await page.locator('#year').selectOption(year);
  await press(page, 'Go on to open it');
  await press(page, /^Open the year/);

  await open('/allocations/new');
  await page.locator('#year').selectOption(year);
  await page.locator('#census_date').selectOption(CENSUS);
  await press(page, 'Continue');
  await fill(page, { Credits: '1000' });
  await press(page, 'Continue');
  await press(page, 'Compute a draft');
  await says(page, 'The draft is computed.');
  await follow(page, 'Go on to approve it');
  await says(page, 'To wallets of schools');
  await press(page, 'Approve it');
  await says(page, 'The allocation is approved');
  await follow(page, 'Letters to the schools');
  await says(page, name);
  const letters = await page.locator('.letter').count();
  expect(letters > 20, `${letters} letters`);
  await context.close();

  await viewer(world, options, year);
}

async function viewer(world, options, year) {
  const { page, context, open } = await enter(world, 'hub_viewer', options);
  for (const path of ['/', '/hub', '/schools', '/rolls', '/people', '/allocations', '/years', '/programmes', '/tickets', '/partners', '/settlements', '/top-ups', '/adjustments', '/ledger', '/ledger/trial-balance', '/reports', '/settings', '/settings/newsletter', '/settings/webhooks', '/announcements', '/letters', '/audit']) {
    const answer = await open(path);
    expect(answer.status() === 200, `${path}: ${answer.status()}`);
    const forms = await page.locator('main form[method=post]').count();
    expect(forms === 0, `a viewer has ${forms} forms on ${path}`);
  }
  await open(`/hub?year=${year.replace('/', '-')}`);
  expect(/Credits allocated\s*1,000\b/.test(await words(page)), `the year is not told: ${(await words(page)).slice(0, 300)}`);
  await context.close();
}
