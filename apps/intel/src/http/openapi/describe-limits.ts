import { getMetadataStorage } from 'class-validator';

const PROPERTY = 'swagger/apiModelProperties';

type Described = Record<string, unknown>;
type Class = abstract new () => object;

/**
 * What the validators of a request enforce becomes part of its description, so that no limit is written twice. It adds
 * to the metadata of the classes and leaves alone what is described by hand.
 */
export function describeLimits(classes: unknown[]): void {
  for (const each of classes) {
    if (typeof each === 'function' && each.prototype !== undefined) describeClass(each as Class);
  }
}

function describeClass(target: Class): void {
  const rules = getMetadataStorage().getTargetValidationMetadatas(target, '', false, false);
  for (const { propertyName, name = '', constraints, each } of rules) {
    const described: Described | undefined = Reflect.getMetadata(PROPERTY, target.prototype, propertyName);
    if (!described) continue;
    const limit = limitOf(name, constraints ?? []);
    // What holds for each entry of a list is put in its place when the schema is completed.
    const more = each ? { 'x-each': { ...(described['x-each'] as object | undefined), ...limit } } : limit;
    const merged = each ? { ...described, ...more } : { ...more, ...described };
    Reflect.defineMetadata(PROPERTY, merged, target.prototype, propertyName);
  }
}

function limitOf(name: string, [value]: unknown[]): Described {
  switch (name) {
    case 'maxLength':
      return { maxLength: value };
    case 'minLength':
      return { minLength: value };
    case 'arrayMaxSize':
      return { maxItems: value };
    case 'arrayMinSize':
      return { minItems: value };
    case 'max':
      return { maximum: value };
    case 'min':
      return { minimum: value };
    case 'isUuid':
      return { format: 'uuid' };
    case 'matches':
      return value instanceof RegExp && !value.flags.includes('i') ? { pattern: value.source } : {};
    default:
      return {};
  }
}
