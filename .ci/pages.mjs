// Walks every page of every role in a real browser, from a demonstration that is being served, and does each person's day.
// usage: node .ci/pages.mjs URL LINKS [walk|days] [role…]
// LINKS is what `hub-credits demo` printed: a line `URL/demo/SECRET  role, name` for each role.
// Where NEW_HUB is the link that `hub-credits serve` printed for a database that has no hub yet, that hub is founded, and
// walked while it is empty.

import { readFileSync } from 'node:fs';
import { days } from './pages_days.mjs';
import { found, people } from './pages_new_hub.mjs';
import { launch } from './pages_tools.mjs';
import { kept, walk } from './pages_walk.mjs';

const [address, links, ...asked] = process.argv.slice(2);
const only = asked.filter((word) => word !== 'walk' && word !== 'days');
const doing = (what) => asked.length === only.length || asked.includes(what);
// So many pages are looked at at once.
const AT_ONCE = Number(process.env.AT_ONCE ?? 3);

const browser = await launch();
const faults = new Set();
const began = Date.now();
const seconds = () => Math.round((Date.now() - began) / 1000);

// What a walk through one service knows. What was seen and refused anywhere needs no second look.
let turns = 0;
const waiting = [];
const world = {
  browser,
  origin: new URL(address).origin,
  fault: (what) => faults.add(what),
  looked: new Set(),
  sorts: new Set(),
  refused: new Set(),
  async turn(work) {
    if (turns < AT_ONCE) turns += 1;
    else await new Promise((go) => { waiting.push(go); });
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else turns -= 1;
    }
  },
};

// Everybody of the demonstration, and whoever has not signed in.
function roles() {
  const found = [];
  for (const line of readFileSync(links, 'utf8').split('\n')) {
    const match = line.match(/(\/demo\/\w+)\s+(\w+), (.+)/);
    // The second lead is there for people to look at the other side of gifts and support; each role is walked once.
    if (match && !found.some(({ role }) => role === match[2])) found.push({ link: match[1], role: match[2], name: match[3].trim(), tabs: match[2] === 'hub_manager' ? 3 : 1 });
  }
  if (found.length === 0) throw new Error(`${links} has no link of a demonstration`);
  found.push({ link: '/sign-in', role: 'nobody', name: '', tabs: 1 });
  return found.filter(({ role }) => only.length === 0 || only.includes(role));
}

// Signs somebody in by the link of the demonstration; their cookies.
async function entered({ link, role }) {
  if (role === 'nobody') return undefined;
  const context = await browser.newContext();
  const answer = await context.request.get(world.origin + link);
  if (answer.status() !== 200) throw new Error(`${role}: the link does not sign in: ${answer.status()}`);
  const state = await context.storageState();
  await context.close();
  return state;
}

const everyone = roles();

async function walkAll() {
  for (const who of everyone) who.state = await entered(who);
  await Promise.all(everyone.map((who) => walk(world, who)));
  for (const who of everyone) {
    const tried = await kept(world, who, everyone.filter((other) => other !== who));
    console.log(`${who.role}: ${tried} kinds of pages of others tried, ${seconds()} s`);
  }
  if (process.env.NEW_HUB) {
    const fresh = { ...world, origin: new URL(process.env.NEW_HUB).origin };
    const manager = await found(fresh, process.env.NEW_HUB);
    await walk(fresh, manager);
    await Promise.all((await people(fresh, manager)).map((who) => walk(fresh, who)));
  }
  console.log(`${world.looked.size} pages and forms by kind and role, ${world.refused.size} forms refused, ${seconds()} s`);
}

if (doing('walk')) await walkAll().catch((error) => world.fault(String(error.stack)));
if (doing('days')) {
  for (const [name, day] of days) {
    try {
      await day({ browser, origin: world.origin, everyone });
      console.log(`${name}: done at ${seconds()} s`);
    } catch (error) {
      world.fault(`${name}: ${String(error).split('\n').slice(0, 4).join(' ')}`);
    }
  }
}
await browser.close();
for (const fault of faults) console.error(fault);
console.log(`${faults.size} faults, ${seconds()} s`);
process.exit(faults.size ? 1 : 0);
