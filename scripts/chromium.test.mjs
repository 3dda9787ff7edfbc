import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { chromium } from 'playwright';
import { expect, test } from 'vitest';

import { findChromium, installedChoices, shellMarker } from './chromium.mjs';

test('the headless shell of Playwright counts as its browser once its download is complete', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'topgun-browsers-'));
  try {
    const named = path.join(
      folder,
      path.relative(path.join(chromium.executablePath(), '../../..'), chromium.executablePath()),
    );
    const shell = path.dirname(shellMarker(named));
    expect(path.basename(shell)).toMatch(/^chromium_headless_shell-\d+$/);
    const fromPlaywright = () => installedChoices(named).filter(({ from }) => from === 'Playwright');
    mkdirSync(shell, { recursive: true });
    expect(fromPlaywright()).toEqual([]);
    writeFileSync(shellMarker(named), '');
    expect(fromPlaywright()).toEqual([{ from: 'Playwright', executablePath: undefined }]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('every choice of the system is there', () => {
  for (const { executablePath } of installedChoices('/nowhere/chromium-1/chrome')) {
    expect(existsSync(executablePath ?? '')).toBe(true);
  }
});

test.each([
  ['that does not exist', '/nowhere/chromium'],
  ['that is no browser', process.execPath],
])('a browser named by the environment %s is refused in a sentence', async (_case, named) => {
  const before = process.env['TOPGUN_CHROMIUM'];
  process.env['TOPGUN_CHROMIUM'] = named;
  try {
    await expect(findChromium()).rejects.toThrow(/^TOPGUN_CHROMIUM is .* cannot be used: /);
  } finally {
    if (before === undefined) delete process.env['TOPGUN_CHROMIUM'];
    else process.env['TOPGUN_CHROMIUM'] = before;
  }
});
