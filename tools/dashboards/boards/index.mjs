import { api } from './api.mjs';
import { busAndDatabase } from './bus-and-database.mjs';
import { coherence } from './coherence.mjs';
import { fleet } from './fleet.mjs';
import { hosts } from './hosts.mjs';
import { operations } from './operations.mjs';
import { vm } from './vm.mjs';

export const boards = [fleet, api, operations, hosts, vm, coherence, busAndDatabase];
