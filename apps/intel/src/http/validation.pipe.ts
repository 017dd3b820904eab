import { type ArgumentMetadata, Injectable, ValidationPipe } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import { type FieldFault, VmanError } from '#libs/errors';

/** Checks bodies and queries against their classes: all faults at once, unknown fields refused. */
@Injectable()
export class RequestValidation extends ValidationPipe {
  constructor() {
    super({
      transform: true,
      whitelist: true,
      forbidNonWhitelisted: true,
      stopAtFirstError: false,
      exceptionFactory: (errors) => invalidInput(faultsOf(errors)),
    });
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    const odd = Array.isArray(value) || (value !== null && value !== undefined && typeof value !== 'object');
    if (metadata.type === 'body' && odd) {
      throw invalidInput([{ field: '', code: 'isObject', message: 'the body must be a JSON object' }]);
    }
    return super.transform(value, metadata);
  }
}

/** Also of a field that nobody knows. */
const FIELD_MAX = 100;

export function invalidInput(fields: FieldFault[]): VmanError {
  // A field may have more than one fault.
  const names = [...new Set(fields.map((fault) => fault.field || 'body'))].join(', ');
  return new VmanError('invalid_input', `Not valid: ${names}.`, { fields });
}

/** The tree of class-validator as a flat list with paths: `nics[0].portForwards[1].guestPort`. */
export function faultsOf(errors: ValidationError[], parent = ''): FieldFault[] {
  return errors.flatMap((error) => {
    const field = pathOf(parent, error.property);
    const own = Object.entries(error.constraints ?? {}).map(([code, message]) =>
      code === 'whitelistValidation'
        ? { field, code: 'unknown', message: 'is not a known field' }
        : { field, code, message },
    );
    return [...own, ...faultsOf(error.children ?? [], field)];
  });
}

function pathOf(parent: string, property: string): string {
  const name = property.slice(0, FIELD_MAX);
  if (/^\d+$/.test(name)) return `${parent}[${name}]`;
  return parent ? `${parent}.${name}` : name;
}
