/** The words that the API takes and gives, as its description lists them. */
export {
  createTemplateInputFormatValues as imageFormats,
  createTokenInputRoleValues as roles,
  createVmInputFields as createVmFields,
  createVmInputFirmwareValues as firmwares,
  createVmInputMachineValues as machineTypes,
  operationViewKindValues as operationKinds,
  operationViewOriginValues as origins,
  operationViewStatusValues as operationStatuses,
  patchVmInputFields as patchVmFields,
  pathsV1VmsGetParametersQuerySortValues as vmSorts,
  pathsV1VmsIdWaitGetParametersQueryForValues as waitGoals,
  restartInputPolicyValues as restartPolicies,
  vmStatusViewStateValues as vmStates,
} from './gen/api.js';
