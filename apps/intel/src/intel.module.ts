import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE, DiscoveryModule } from '@nestjs/core';
import { Bus, StreamAdmin } from '#libs/bus';
import { CLOCK, type Clock } from '#libs/clock';
import { HealthModule } from '#libs/health';
import { type Logger, LoggingModule } from '#libs/logging';
import { MetricsModule } from '#libs/metrics';
import { AddressesController } from './addresses/addresses.controller.js';
import { ReleaseAddress } from './addresses/release-address.usecase.js';
import { ReserveAddress } from './addresses/reserve-address.usecase.js';
import { AuditController } from './audit/audit.controller.js';
import { BackupChanges } from './backups/backup-changes.js';
import { BackupsController } from './backups/backups.controller.js';
import { CreateBackup } from './backups/create-backup.usecase.js';
import { DeleteBackup } from './backups/delete-backup.usecase.js';
import { RestoreBackup } from './backups/restore-backup.usecase.js';
import { RestoreInPlace } from './backups/restore-in-place.usecase.js';
import { RestoreNewVm } from './backups/restore-new-vm.usecase.js';
import { VerifyBackup } from './backups/verify-backup.usecase.js';
import { VmBackupsController } from './backups/vm-backups.controller.js';
import { ConsoleGateway } from './console/console-gateway.js';
import { ConsolesController } from './console/consoles.controller.js';
import { OpenConsole } from './console/open-console.usecase.js';
import { Database } from './db-operator/index.js';
import { AttachDisk } from './disks/attach-disk.usecase.js';
import { CreateDisk } from './disks/create-disk.usecase.js';
import { DeleteDisk } from './disks/delete-disk.usecase.js';
import { DetachDisk } from './disks/detach-disk.usecase.js';
import { DiskChanges } from './disks/disk-changes.js';
import { DisksController } from './disks/disks.controller.js';
import { PatchDisk } from './disks/patch-disk.usecase.js';
import { ApplyDriftEvent } from './drifts/apply-drift-event.usecase.js';
import { DriftsController } from './drifts/drifts.controller.js';
import { ExplainController } from './drifts/explain.controller.js';
import { ExplainVm } from './drifts/explain-vm.usecase.js';
import { ApplyCommandEvent } from './events/apply-command-event.usecase.js';
import { ApplyExitEvent } from './events/apply-exit-event.usecase.js';
import { ApplyRepairEvent } from './events/apply-repair-event.usecase.js';
import { EventsConsumer } from './events/events.consumer.js';
import { AskLeases } from './failover/ask-leases.js';
import { FailOver } from './failover/fail-over.js';
import { FeedController } from './feed/feed.controller.js';
import { FeedNumbers } from './feed/feed-numbers.js';
import { FeedTail } from './feed/feed-tail.js';
import { AskGuest } from './guest/ask-guest.usecase.js';
import { GuestController } from './guest/guest.controller.js';
import { intelChecks } from './health/intel-checks.js';
import { ObserverSeen } from './health/observer-seen.js';
import { AcceptHost } from './hosts/accept-host.usecase.js';
import { AdmitConsumer } from './hosts/admit.consumer.js';
import { AdmitHost } from './hosts/admit-host.usecase.js';
import { CordonHost } from './hosts/cordon-host.usecase.js';
import { DrainHost } from './hosts/drain-host.usecase.js';
import { DrainHosts } from './hosts/drain-hosts.js';
import { EnrollHost } from './hosts/enroll-host.usecase.js';
import { HeartbeatConsumer } from './hosts/heartbeat.consumer.js';
import { HostChanges } from './hosts/host-changes.js';
import { HostsController } from './hosts/hosts.controller.js';
import { ApplyHeartbeat, HostConsumers } from './hosts/index.js';
import { MaintainHost } from './hosts/maintain-host.usecase.js';
import { PatchHost } from './hosts/patch-host.usecase.js';
import { SweepHostStates } from './hosts/sweep-host-states.js';
import {
  AuthGuard,
  ChangeRunner,
  PLANNER,
  ProblemFilter,
  Refusals,
  RequestValidation,
  RouteDeclarations,
  TokenLookup,
} from './http/index.js';
import { GrantImage } from './images/grant-image.usecase.js';
import { ImagesConsumer } from './images/images.consumer.js';
import { ImagesController } from './images/images.controller.js';
import { TicketKey } from './images/ticket-key.js';
import { INTEL_CONFIG, type IntelConfig } from './intel.config.js';
import { Lifecycle } from './lifecycle.js';
import { FleetMetrics } from './metrics/fleet-metrics.js';
import { OperationMetrics } from './metrics/operation-metrics.js';
import { CreateNetwork } from './networks/create-network.usecase.js';
import { DeleteNetwork } from './networks/delete-network.usecase.js';
import { NetworksController } from './networks/networks.controller.js';
import { PatchNetwork } from './networks/patch-network.usecase.js';
import { GrantLead } from './observer/grant-lead.usecase.js';
import { LeadConsumer } from './observer/lead.consumer.js';
import { ObserverController } from './observer/observer.controller.js';
import { RepairPausesController } from './observer/repair-pauses.controller.js';
import { RepairPauses } from './observer/repair-pauses.js';
import { CancelOperation } from './operations/cancel-operation.usecase.js';
import { OperationWaiter } from './operations/index.js';
import { OperationsController } from './operations/operations.controller.js';
import { BusRecovery } from './outbox/bus-recovery.js';
import { OutboxPublisher } from './outbox/publisher.js';
import { Relay } from './outbox/relay.js';
import { StuckOperations } from './outbox/stuck-operations.js';
import { PoolsController } from './pools/pools.controller.js';
import { PortForwardsController } from './port-forwards/port-forwards.controller.js';
import { ChangeProject } from './projects/change-project.usecase.js';
import { CreateProject } from './projects/create-project.usecase.js';
import { DeleteProject } from './projects/delete-project.usecase.js';
import { ProjectsController } from './projects/projects.controller.js';
import { QuotasController } from './projects/quotas.controller.js';
import { CloneVm } from './snapshots/clone-vm.usecase.js';
import { CreateSnapshot } from './snapshots/create-snapshot.usecase.js';
import { DeleteSnapshot } from './snapshots/delete-snapshot.usecase.js';
import { RestoreSnapshot } from './snapshots/restore-snapshot.usecase.js';
import { SnapshotChanges } from './snapshots/snapshot-changes.js';
import { SnapshotsController } from './snapshots/snapshots.controller.js';
import { VmSnapshotsController } from './snapshots/vm-snapshots.controller.js';
import { DeleteStrayDisk } from './stray-disks/delete-stray-disk.usecase.js';
import { RestoreStrayDisk } from './stray-disks/restore-stray-disk.usecase.js';
import { StrayDisksController } from './stray-disks/stray-disks.controller.js';
import { SweepDisks } from './stray-disks/sweep-disks.js';
import { AdoptVm } from './stray-vms/adopt-vm.usecase.js';
import { AskDesired } from './stray-vms/ask-desired.js';
import { StrayVmsController } from './stray-vms/stray-vms.controller.js';
import { TemplateContentController, TemplateExportController } from './templates/content.controller.js';
import { CreateTemplate } from './templates/create-template.usecase.js';
import { DeleteTemplate } from './templates/delete-template.usecase.js';
import { ExportVm } from './templates/export-vm.js';
import { FetchUrl } from './templates/fetch-url.js';
import { FinishImport } from './templates/finish-import.js';
import { ImportProgress } from './templates/import-progress.js';
import { ImportTemplates } from './templates/import-template.usecase.js';
import { ImageStore } from './templates/index.js';
import { RESOLVE, type Resolve, systemResolve } from './templates/resolver.js';
import { SweepImports } from './templates/sweep-imports.js';
import { TemplatesController } from './templates/templates.controller.js';
import { UploadTemplate } from './templates/upload-template.usecase.js';
import { FirstToken } from './tokens/first-token.js';
import { TokensController } from './tokens/tokens.controller.js';
import { CreateVm } from './vms/create-vm.usecase.js';
import { DeleteVm } from './vms/delete-vm.usecase.js';
import { ApplyVmReport, AskForPlans } from './vms/index.js';
import { PatchVm } from './vms/patch-vm.usecase.js';
import { PauseVm } from './vms/pause-vm.usecase.js';
import { ReadConsoleLog } from './vms/read-console-log.usecase.js';
import { RebootVm } from './vms/reboot-vm.usecase.js';
import { ResetVm } from './vms/reset-vm.usecase.js';
import { RestoreVm } from './vms/restore-vm.usecase.js';
import { ResumeVm } from './vms/resume-vm.usecase.js';
import { ShutdownVm } from './vms/shutdown-vm.usecase.js';
import { StartVm } from './vms/start-vm.usecase.js';
import { StopVm } from './vms/stop-vm.usecase.js';
import { SweepTrash } from './vms/sweep-trash.js';
import { VmChanges } from './vms/vm-changes.js';
import { VmDevicesController } from './vms/vm-devices.controller.js';
import { VmExitsController } from './vms/vm-exits.controller.js';
import { VmVerbsController } from './vms/vm-verbs.controller.js';
import { VmsController } from './vms/vms.controller.js';
import { WaitForVm } from './vms/wait-for-vm.usecase.js';

/** What intel is built on; opened before and closed by it. */
export interface IntelParts {
  config: IntelConfig;
  logger: Logger;
  database: Database;
  bus: Bus;
  clock: Clock;
  /** How host names are resolved; left out: by the system. */
  resolve?: Resolve;
}

const useCases = [
  AcceptHost,
  AdmitHost,
  CordonHost,
  PatchHost,
  DrainHost,
  MaintainHost,
  EnrollHost,
  CreateVm,
  PatchVm,
  DeleteVm,
  StartVm,
  ShutdownVm,
  StopVm,
  RebootVm,
  ResetVm,
  PauseVm,
  ResumeVm,
  RestoreVm,
  WaitForVm,
  ApplyVmReport,
  ApplyHeartbeat,
  ApplyCommandEvent,
  ApplyRepairEvent,
  ApplyExitEvent,
  ApplyDriftEvent,
  ExplainVm,
  GrantLead,
  RepairPauses,
  ReadConsoleLog,
  CancelOperation,
  CloneVm,
  CreateSnapshot,
  DeleteSnapshot,
  RestoreSnapshot,
  SnapshotChanges,
  CreateDisk,
  PatchDisk,
  AttachDisk,
  DetachDisk,
  DeleteDisk,
  RestoreStrayDisk,
  DeleteStrayDisk,
  AdoptVm,
  AskDesired,
  CreateTemplate,
  DeleteTemplate,
  ImportTemplates,
  ExportVm,
  FetchUrl,
  FinishImport,
  ImportProgress,
  UploadTemplate,
  GrantImage,
  AskGuest,
  OpenConsole,
  CreateNetwork,
  BackupChanges,
  CreateBackup,
  DeleteBackup,
  RestoreBackup,
  RestoreInPlace,
  RestoreNewVm,
  VerifyBackup,
  PatchNetwork,
  DeleteNetwork,
  ReserveAddress,
  ReleaseAddress,
  CreateProject,
  ChangeProject,
  DeleteProject,
];

/** The composition root of intel. */
@Module({})
export class IntelModule {
  static forRoot(parts: IntelParts): DynamicModule {
    const { config, logger, database, bus, clock } = parts;
    const ports = [
      { provide: INTEL_CONFIG, useValue: config },
      { provide: CLOCK, useValue: clock },
      { provide: RESOLVE, useValue: parts.resolve ?? systemResolve },
      { provide: Database, useValue: database },
      { provide: Bus, useValue: bus },
      { provide: StreamAdmin, useValue: new StreamAdmin(bus) },
      ObserverSeen,
    ];
    const portsModule: DynamicModule = {
      module: IntelPorts,
      global: true,
      providers: ports,
      exports: ports,
    };
    const health = HealthModule.forRootAsync({
      drainMs: config.drainTime,
      inject: [ObserverSeen],
      useFactory: (observer: ObserverSeen) => intelChecks(database, bus, config.imageStorePath, observer),
    });
    return {
      module: IntelModule,
      imports: [
        portsModule,
        DiscoveryModule,
        LoggingModule.forRoot(logger),
        MetricsModule.forRoot({ service: 'intel' }),
        health,
      ],
      controllers: [
        VmsController,
        VmVerbsController,
        VmExitsController,
        ExplainController,
        DriftsController,
        ObserverController,
        RepairPausesController,
        VmDevicesController,
        GuestController,
        ConsolesController,
        OperationsController,
        FeedController,
        HostsController,
        DisksController,
        StrayDisksController,
        StrayVmsController,
        PoolsController,
        NetworksController,
        BackupsController,
        VmBackupsController,
        AddressesController,
        PortForwardsController,
        SnapshotsController,
        VmSnapshotsController,
        TemplatesController,
        TemplateContentController,
        TemplateExportController,
        ProjectsController,
        QuotasController,
        TokensController,
        AuditController,
        ImagesController,
        EventsConsumer,
        HeartbeatConsumer,
        ImagesConsumer,
        LeadConsumer,
        AdmitConsumer,
      ],
      providers: [
        TokenLookup,
        { provide: APP_GUARD, useClass: AuthGuard },
        { provide: APP_FILTER, useClass: ProblemFilter },
        { provide: APP_PIPE, useClass: RequestValidation },
        RouteDeclarations,
        Refusals,
        ChangeRunner,
        AskForPlans,
        { provide: PLANNER, useExisting: AskForPlans },
        VmChanges,
        DiskChanges,
        HostChanges,
        DrainHosts,
        AskLeases,
        FailOver,
        OperationWaiter,
        HostConsumers,
        ImageStore,
        SweepImports,
        SweepDisks,
        SweepTrash,
        SweepHostStates,
        TicketKey,
        FirstToken,
        FeedNumbers,
        FeedTail,
        OutboxPublisher,
        BusRecovery,
        Relay,
        StuckOperations,
        ConsoleGateway,
        FleetMetrics,
        OperationMetrics,
        Lifecycle,
        ...useCases,
      ],
    };
  }
}

@Module({})
class IntelPorts {}
