export { endCommand } from './command-settlers.js';
export { audit, openOperation, openVmOperation } from './open-operation.js';
export { errorView, operationView } from './operation-view.js';
export { OperationWaiter } from './operation-waiter.js';
export { sendAction } from './send-action.js';
