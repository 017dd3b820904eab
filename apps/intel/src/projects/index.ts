export { chooseOwner, chooseProject } from './choose-project.js';
