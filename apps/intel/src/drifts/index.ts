export { ApplyDriftEvent } from './apply-drift-event.usecase.js';
