export { askedFault, familiesOf, takeAddress } from './take-address.js';
