// What drives the browser: playwright-core and @axe-core/playwright, of HUB_CREDITS_TOOLS or target/tools.

import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const tools = resolve(process.env.HUB_CREDITS_TOOLS ?? 'target/tools');
const need = createRequire(`${tools}/node_modules/`);
const { chromium } = need('playwright-core');
export const { AxeBuilder } = need('@axe-core/playwright');

export const launch = () => chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
