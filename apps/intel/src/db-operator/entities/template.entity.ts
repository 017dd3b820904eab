import { Entity, PrimaryColumn } from 'typeorm';
import type { ImageFormat } from '#libs/contracts';
import type { TemplateState } from '#libs/contracts/http';
import { BigInt53, Int, Text, Time } from './columns.js';

/** A golden image; the file lies in the image store under its digest. */
@Entity('templates')
export class TemplateEntity {
  @PrimaryColumn('uuid') id!: string;
  @Text('name') name!: string;
  @Text('format') format!: ImageFormat;
  @Text('state') state!: TemplateState;
  @Text('source_path') sourcePath!: string;
  @Text('wanted_digest', { nullable: true }) wantedDigest!: string | null;
  @Text('digest', { nullable: true }) digest!: string | null;
  @BigInt53('file_bytes', { nullable: true }) fileBytes!: number | null;
  @BigInt53('virtual_bytes', { nullable: true }) virtualBytes!: number | null;
  @Int('default_vcpus', { nullable: true }) defaultVcpus!: number | null;
  @Int('default_memory_mib', { nullable: true }) defaultMemoryMib!: number | null;
  @Text('error_code', { nullable: true }) errorCode!: string | null;
  @Text('error_message', { nullable: true }) errorMessage!: string | null;
  @Time('created_at') createdAt!: Date;
}
