// Chromium keeps what it has compiled of a classic script, and uses it from the third visit on. Of a module it keeps that too, and does
// not use it: it compiles the whole file at each visit. So the app is built as one classic script.

/**
 * Vite builds the page's modules as one deferred script. What is imported dynamically is part of it; a worker stays a file of its own.
 *
 * @returns {import('vite').Plugin}
 */
export function classicScript() {
  return {
    name: 'classic-script',
    apply: 'build',
    config: () => ({
      build: {
        // One style sheet that the page links to: otherwise the script brings the styles.
        cssCodeSplit: false,
        modulePreload: false,
        rolldownOptions: {
          output: { format: 'iife' },
          // Only a module has them. Files of the build are addressed from the root of the site or from its page.
          transform: { define: { 'import.meta.url': 'document.baseURI', 'import.meta.resolve': 'undefined' } },
        },
      },
    }),
    transformIndexHtml: {
      order: 'post',
      handler: (html) => html.replaceAll('<script type="module" crossorigin', '<script defer'),
    },
  };
}
