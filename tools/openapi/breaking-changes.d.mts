/** An OpenAPI document, as far as it is compared. */
export interface Description {
  paths: Record<string, Record<string, object>>;
  components: { schemas: Record<string, object> };
}

export function breakingChanges(before: Description, after: Description): string[];
