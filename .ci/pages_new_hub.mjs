// The first hour of a hub, by its pages: it is founded by the link that the service printed, and its people are invited.

const PASSWORD = 'seven green kettles whistle';

// Sends the form of a page and waits for what comes next.
async function press(page, name) {
  await page.locator('main').getByRole('button', { name, exact: true }).click();
  await page.waitForLoadState('load');
}

async function signedIn(context, role) {
  const state = await context.storageState();
  await context.close();
  return { role: `${role} of a new hub`, name: '', tabs: 2, state };
}

// Founds the hub; its manager, in their browser.
export async function found({ browser }, link) {
  const context = await browser.newContext({ locale: 'en-GB' });
  const page = await context.newPage();
  await page.goto(link);
  await page.getByLabel('Name of the hub').fill('A New Hub');
  await press(page, 'Continue');
  await page.getByLabel('Name', { exact: true }).fill('Mary Manager');
  await page.getByLabel('E-mail address').fill('mary@new.example');
  await page.getByLabel('Password').fill(PASSWORD);
  await press(page, 'Found the hub');
  if (!/\/set-up/.test(page.url())) throw new Error(`the hub is not founded: ${await page.locator('main').innerText()}`);
  return signedIn(context, 'hub_manager');
}

// Adds a school, a partner and somebody of each role, and has each come in by their invitation.
export async function people({ browser, origin }, manager) {
  const context = await browser.newContext({ locale: 'en-GB', storageState: manager.state });
  const page = await context.newPage();
  await page.goto(`${origin}/schools/new`);
  await page.getByLabel('Name', { exact: true }).fill('First School');
  await page.getByLabel('URN').fill('100001');
  await page.getByLabel('Phase').selectOption({ label: 'Secondary' });
  await press(page, 'Add the school');
  await page.goto(`${origin}/partners/new`);
  await page.getByLabel('Name').fill('First Partner');
  await press(page, 'Add it');
  const links = [];
  for (const [role, name] of [['school_lead', 'Lena Lead'], ['teacher', 'Tom Teacher'], ['hub_viewer', 'Vera Viewer'], ['partner', 'Pat Partner']]) {
    await page.goto(`${origin}/people/new`);
    await page.getByLabel('Name', { exact: true }).fill(name);
    await page.getByLabel('E-mail address').fill(`${role}@new.example`);
    await page.locator('#role').selectOption(role);
    if (['school_lead', 'teacher'].includes(role)) await page.locator('#school_id').selectOption({ index: 1 });
    if (role === 'partner') await page.locator('#partner_id').selectOption({ index: 1 });
    await press(page, 'Add the person');
    await page.goto(`${origin}/people?text=${encodeURIComponent(name)}`);
    await page.locator('main').getByRole('link', { name }).first().click();
    await press(page, 'Make a link to sign in by');
    links.push([role, await page.locator('main code').last().innerText()]);
  }
  await context.close();
  return Promise.all(links.map(([role, link]) => comeIn(browser, role, link)));
}

async function comeIn(browser, role, link) {
  const context = await browser.newContext({ locale: 'en-GB' });
  const page = await context.newPage();
  await page.goto(link);
  await page.getByLabel('Choose a password').fill(PASSWORD);
  await press(page, 'Set the password and come in');
  if (new URL(page.url()).pathname !== '/') throw new Error(`${role}: not in, at ${page.url()}`);
  return signedIn(context, role);
}
