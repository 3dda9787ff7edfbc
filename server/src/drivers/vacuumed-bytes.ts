/** What a database took on the disk, and takes now. */
export interface VacuumedBytes {
  readonly before: number;
  readonly after: number;
}
