import { subject } from './bus.js';
import type { HostCommand, HostEvent } from './partition-host.js';

/** Where gateways send commands to the host, and it answers all of them. */
export const HOST_COMMANDS = subject<HostCommand>('host.commands');
export const HOST_EVENTS = subject<HostEvent>('host.events');
