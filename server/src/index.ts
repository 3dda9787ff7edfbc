export type { ServerOptions } from './config.js';
export { createServer, type ServerAddress, type ServerHalt, type TopGunServer } from './create-server.js';
export { runServer, type RunningServer } from './main.js';
export { StartError, type StartErrorCode } from './service.js';
export type { GatewayLimits } from './gateway/gateway-limits.js';
export type { Logger } from './ports/environment.js';
