import react from '@vitejs/plugin-react';
import { defaultClientConditions, defineConfig } from 'vite';

import { classicScript } from './classic-script.js';

const server = `http://127.0.0.1:${process.env['TOPGUN_DEV_SERVER_PORT'] ?? 8081}`;

export default defineConfig(({ command }) => ({
  plugins: [react(), classicScript()],
  // While developing, the sources of the packages take part in hot reload; a build uses what was built and type-checked.
  resolve: {
    conditions: command === 'serve' ? ['topgun-source', ...defaultClientConditions] : [...defaultClientConditions],
  },
  server: { proxy: { '/socket.io': { target: server, ws: true } } },
  // All of it is one script on purpose, of 280 kB as it travels.
  build: { target: 'es2022', sourcemap: true, chunkSizeWarningLimit: 1_200 },
}));
