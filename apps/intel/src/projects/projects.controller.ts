import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  Param,
  Patch,
  Post,
  Query,
  Res,
} from '@nestjs/common';
import {
  ApiConsumes,
  ApiCreatedResponse,
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import {
  CreateProjectInput,
  ListProjectsQuery,
  PatchProjectInput,
  ProjectListView,
  ProjectView,
} from '#libs/contracts/http';
import { Database } from '../db-operator/index.js';
import {
  type Caller,
  CallerOf,
  ChangeRunner,
  DryRun,
  Fails,
  Requires,
  send,
  Versioned,
  wishOf,
} from '../http/index.js';
import { ChangeProject } from './change-project.usecase.js';
import { CreateProject } from './create-project.usecase.js';
import { DeleteProject } from './delete-project.usecase.js';
import { findProject } from './find-project.js';
import { projectVersion } from './project-version.js';
import { projectView } from './project-view.js';

const KEY = {
  name: 'Idempotency-Key',
  required: false,
  description: 'Makes repeating harmless for 24 hours.',
};

@ApiTags('projects')
@Controller('v1/projects')
export class ProjectsController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(ChangeRunner) private readonly changes: ChangeRunner,
    @Inject(CreateProject) private readonly createProject: CreateProject,
    @Inject(ChangeProject) private readonly changeProject: ChangeProject,
    @Inject(DeleteProject) private readonly deleteProject: DeleteProject,
  ) {}

  @Post()
  @Requires('projects:manage')
  @Versioned(projectVersion)
  @DryRun()
  @ApiOperation({ summary: 'Make a project' })
  @ApiHeader(KEY)
  @Fails('already_exists')
  @ApiCreatedResponse({ type: ProjectView })
  async create(
    @Body() input: CreateProjectInput,
    @CallerOf() caller: Caller,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const answer = await this.changes.run(caller, async (tx) => {
      const project = await this.createProject.execute(tx, caller, input);
      const headers = { location: `/v1/projects/${project.id}` };
      return { status: 201, headers, body: projectView(project) };
    });
    send(reply, answer);
  }

  @Get()
  @Requires('projects:read')
  @ApiOperation({ summary: 'List the projects that this token sees, by name' })
  @ApiOkResponse({ type: ProjectListView })
  async list(@Query() query: ListProjectsQuery, @CallerOf() caller: Caller): Promise<ProjectListView> {
    const page = await this.database.read((tx) => tx.projects.page(wishOf(query, caller)));
    return { ...page, items: page.items.map(projectView) };
  }

  @Get(':id')
  @Requires('projects:read')
  @Versioned(projectVersion)
  @ApiOperation({ summary: 'Get a project by id or name' })
  @ApiOkResponse({ type: ProjectView })
  async get(@Param('id') id: string, @CallerOf() caller: Caller): Promise<ProjectView> {
    const project = await this.database.read((tx) => findProject(tx, caller, id));
    return projectView(project);
  }

  @Patch(':id')
  @Requires('projects:manage')
  @Versioned(projectVersion)
  @DryRun()
  @ApiOperation({ summary: 'Describe or label a project (merge patch)' })
  @ApiConsumes('application/merge-patch+json', 'application/json')
  @ApiHeader(KEY)
  @ApiOkResponse({ type: ProjectView })
  async patch(
    @Param('id') id: string,
    @Body() input: PatchProjectInput,
    @CallerOf() caller: Caller,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const answer = await this.changes.run(caller, async (tx) => {
      const project = await this.changeProject.describe(tx, caller, id, input);
      return { status: 200, headers: {}, body: projectView(project) };
    });
    send(reply, answer);
  }

  @Delete(':id')
  @HttpCode(204)
  @Requires('projects:manage')
  @Versioned(projectVersion)
  @DryRun()
  @ApiOperation({ summary: 'Delete a project in which nothing is left' })
  @ApiHeader(KEY)
  @Fails('protected')
  @ApiNoContentResponse()
  async remove(
    @Param('id') id: string,
    @CallerOf() caller: Caller,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const answer = await this.changes.run(caller, async (tx) => {
      await this.deleteProject.execute(tx, caller, id);
      return { status: 204, headers: {}, body: null };
    });
    send(reply, answer);
  }
}
