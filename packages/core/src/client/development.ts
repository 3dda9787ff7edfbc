declare const process: { readonly env: { readonly NODE_ENV?: string } };

/** Whether hints for developers are given. Bundlers put the mode in place of the expression; without one it is production. */
export function isDevelopment(): boolean {
  try {
    return process.env.NODE_ENV !== 'production';
  } catch {
    return false;
  }
}
