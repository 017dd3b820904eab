export { settleCreateDisk, settleGrowDisk, settleRemoveDisk } from './disk-settlers.js';
