export type { AuthOptions } from './auth-options.js';
export type { ServerOptions } from './config.js';
export { createServer } from './create-server.js';
export { runServer, type RunningServer } from './main.js';
export type { RefreshOptions, ServerAddress, ServerHalt, TopGunServer } from './service.js';
export { StartError, type StartErrorCode } from './start-error.js';
export type { GatewayLimits } from './gateway/gateway-limits.js';
export type {
  AnyMaps,
  BeforeOpContext,
  BeforeOpResult,
  ChangedFields,
  ConnectionContext,
  ConnectionRequest,
  DecidedOp,
  HookContext,
  HookedOp,
  HookRefusal,
  ServerHooks,
  WrittenFields,
} from './services/hooks/server-hooks.js';
export {
  procedureOf,
  type CallsOf,
  type Procedure,
  type ProcedureContext,
  type ProcedureCounter,
  type ProcedureMap,
  type ProcedureSets,
  type Procedures,
  type ProcedureWriteOptions,
} from './services/procedures/procedure.js';
export {
  model,
  type BoundModel,
  type FieldColumn,
  type ModelDelegate,
  type ModelOptions,
  type Models,
} from './services/models/model.js';
export type { ModelFault } from './services/models/model-faults.js';
export type { RefreshReport } from './services/models/map-refresh.js';
export type { BudgetOptions, Budgets } from './gateway/budgets/budgets.js';
export type { AuditEntry, AuditEventName } from './ports/audit-log.js';
export type { Logger } from './ports/environment.js';
export {
  checkResolver,
  custom,
  defineResolvers,
  firstWriteWins,
  immutable,
  max,
  min,
  union,
  type BrokenLaw,
  type MapResolvers,
  type Resolution,
  type Resolver,
  type Resolvers,
  type ResolversInput,
} from '@topgun/core/crdt';
export { allOf, anyOf, auth, defineRules, hasClaim, hasRole, runRuleCases, signedIn } from '@topgun/core/rules';
export type {
  Claims,
  CheckContext,
  MapRulesInput,
  Rule,
  RuleCase,
  RuleInput,
  RuleReport,
  Rules,
  RulesFor,
  RulesInput,
} from '@topgun/core/rules';
export { defineSchema, type SchemaDefinition, type SchemaInput } from '@topgun/core/schema';
