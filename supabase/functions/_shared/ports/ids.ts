/** Source of identity and chance, so that tests can pin both. */
export interface IdsPort {
  /** A UUIDv7: time-ordered, which keeps index pages and WAL small (reference: hot path). */
  uuid(): string;
  /** Uniform in [0, 1). */
  random(): number;
}
