/** What a create request says about where its image comes from, checked by type. */
import type { CreateTemplateInput, TemplateSource } from '#libs/contracts/http';
import { type FieldFault, VmanError } from '#libs/errors';
import { invalidInput } from '../http/index.js';
import type { IntelConfig } from '../intel.config.js';
import { allowedUrl } from './open-url.js';

const TEXTS = ['path', 'url', 'vm', 'disk'] as const;
type Text = (typeof TEXTS)[number];
const FIELDS: Readonly<Record<TemplateSource['type'], { needs: readonly Text[]; may: readonly Text[] }>> = {
  file: { needs: ['path'], may: [] },
  upload: { needs: [], may: [] },
  url: { needs: ['url'], may: [] },
  vm: { needs: ['vm'], may: ['disk'] },
};

/** Throws invalid_input naming each text that is missing or has no meaning. */
export function checkSource(source: TemplateSource): void {
  const { needs, may } = FIELDS[source.type];
  const faults = TEXTS.flatMap((field): FieldFault[] => {
    const given = source[field] != null;
    if (needs.includes(field)) {
      return given ? [] : [fault(field, 'required', `is required for the source ${source.type}`)];
    }
    if (!given || may.includes(field)) return [];
    return [fault(field, 'unknown', `has no meaning for the source ${source.type}`)];
  });
  if (faults.length > 0) throw invalidInput(faults);
}

export function schemesOf(setting: IntelConfig['importUrl']): readonly string[] {
  switch (setting) {
    case 'off':
      return [];
    case 'https':
      return ['https'];
    case 'http':
      return ['https', 'http'];
  }
}

/** The URL as it is stored. Throws invalid_input; where it leads to is judged when it is fetched. */
export function checkedUrl(input: CreateTemplateInput, setting: IntelConfig['importUrl']): string {
  try {
    const url = allowedUrl(input.source.url ?? '', schemesOf(setting));
    if (url.protocol === 'http:' && !input.sha256) {
      const message = 'is required for http: nothing else says that the image is the right one';
      throw invalidInput([{ field: 'sha256', code: 'required', message }]);
    }
    return url.href;
  } catch (error) {
    if (!(error instanceof VmanError) || error.code !== 'source_refused') throw error;
    throw invalidInput([fault('url', 'refused', error.message)]);
  }
}

function fault(field: Text, code: string, message: string): FieldFault {
  return { field: `source.${field}`, code, message };
}
