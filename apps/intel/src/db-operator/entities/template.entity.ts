import { Entity, PrimaryColumn } from 'typeorm';
import type { Firmware, ImageFormat, MachineType } from '#libs/contracts';
import type { TemplateSourceType, TemplateState } from '#libs/contracts/http';
import { BigInt53, ChangedAt, Int, Text, Time } from './columns.js';

/** A golden image; the file lies in the image store under its digest. */
@Entity('templates')
export class TemplateEntity {
  @PrimaryColumn('uuid') id!: string;
  @Text('name') name!: string;
  /** Empty: shared by all. */
  @Text('project') project!: string;
  @Text('format') format!: ImageFormat;
  @Text('state') state!: TemplateState;
  @Text('family', { nullable: true }) family!: string | null;
  @Text('version', { nullable: true }) version!: string | null;
  @Text('source_type') sourceType!: TemplateSourceType;
  /** A path, a URL or the id of a disk; empty for an upload. */
  @Text('source_path') sourcePath!: string;
  /** Of the content behind a URL that was begun to be fetched. */
  @Text('source_etag', { nullable: true }) sourceEtag!: string | null;
  /** When its upload was last alive, by the clock of the database. */
  @Time('upload_seen_at', { nullable: true }) uploadSeenAt!: Date | null;
  @Text('wanted_digest', { nullable: true }) wantedDigest!: string | null;
  @Text('digest', { nullable: true }) digest!: string | null;
  @BigInt53('file_bytes', { nullable: true }) fileBytes!: number | null;
  @BigInt53('virtual_bytes', { nullable: true }) virtualBytes!: number | null;
  @Int('default_vcpus', { nullable: true }) defaultVcpus!: number | null;
  @Int('default_memory_mib', { nullable: true }) defaultMemoryMib!: number | null;
  @Text('default_machine', { nullable: true }) defaultMachine!: MachineType | null;
  @Text('default_firmware', { nullable: true }) defaultFirmware!: Firmware | null;
  @Text('error_code', { nullable: true }) errorCode!: string | null;
  @Text('error_message', { nullable: true }) errorMessage!: string | null;
  @Time('created_at') createdAt!: Date;
  @ChangedAt() updatedAt!: Date;
}
