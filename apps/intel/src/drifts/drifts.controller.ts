import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  DriftListView,
  DriftView,
  ListDriftsQuery,
  ListRepairsQuery,
  RepairListView,
  RepairView,
} from '#libs/contracts/http';
import { VmanError } from '#libs/errors';
import { Database } from '../db-operator/index.js';
import { type Caller, CallerOf, Requires, wishOf } from '../http/index.js';
import { driftView } from './drift-view.js';
import { repairView } from './repair-view.js';

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** What is not as it is wanted, and what was done about it. A token of a project sees what is of its VMs. */
@ApiTags('drifts')
@Controller('v1')
export class DriftsController {
  constructor(@Inject(Database) private readonly database: Database) {}

  @Get('drifts')
  @Requires('drifts:read')
  @ApiOperation({ summary: 'List drifts, newest first' })
  @ApiOkResponse({ type: DriftListView })
  async drifts(@Query() query: ListDriftsQuery, @CallerOf() caller: Caller): Promise<DriftListView> {
    const page = await this.database.read((tx) => tx.drifts.page(wishOf(query, caller)));
    return { ...page, items: page.items.map(driftView) };
  }

  @Get('drifts/:id')
  @Requires('drifts:read')
  @ApiOperation({ summary: 'Get a drift' })
  @ApiOkResponse({ type: DriftView })
  async drift(@Param('id') id: string, @CallerOf() caller: Caller): Promise<DriftView> {
    const row = UUID.test(id) ? await this.database.read((tx) => tx.drifts.get(id)) : undefined;
    if (!row || isForeign(caller, row.project)) throw new VmanError('not_found', 'There is no such drift.');
    return driftView(row);
  }

  @Get('repairs')
  @Requires('drifts:read')
  @ApiOperation({ summary: 'List repairs, newest first' })
  @ApiOkResponse({ type: RepairListView })
  async repairs(@Query() query: ListRepairsQuery, @CallerOf() caller: Caller): Promise<RepairListView> {
    const page = await this.database.read((tx) => tx.repairs.page(wishOf(query, caller)));
    return { ...page, items: page.items.map(repairView) };
  }

  @Get('repairs/:id')
  @Requires('drifts:read')
  @ApiOperation({ summary: 'Get a repair' })
  @ApiOkResponse({ type: RepairView })
  async repair(@Param('id') id: string, @CallerOf() caller: Caller): Promise<RepairView> {
    const row = UUID.test(id) ? await this.database.read((tx) => tx.repairs.get(id)) : undefined;
    if (!row || isForeign(caller, row.project)) throw new VmanError('not_found', 'There is no such repair.');
    return repairView(row);
  }
}

const isForeign = ({ project }: Caller, of: string | null): boolean => project !== null && of !== project;
