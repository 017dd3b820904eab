// A mutant that a property notices is noticed in few runs; all of them for each of thousands of mutants take hours.
import fc from 'fast-check';

fc.configureGlobal({ numRuns: 25 });
