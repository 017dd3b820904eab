export { cloudInitRow } from './cloud-init-row.js';
export { cloudInitCondition, cloudInitView } from './cloud-init-view.js';
export { seedTexts } from './seed-texts.js';
