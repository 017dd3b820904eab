import type { TemplateView } from '#libs/contracts/http';
import type { Version } from '../http/index.js';
import { findTemplate } from './find-template.js';
import { templateView } from './template-view.js';

export const templateVersion: Version<TemplateView> = {
  noun: 'template',
  read: async (tx, caller, id) => templateView(await findTemplate(tx, caller, id)),
  rows: ({ id }) => [{ table: 'templates', id }],
  counts: ({ updatedAt, ...template }) => template,
};
