/** A provider's id becomes part of a path of its API: letters, digits and the marks that ids have, never a way up. */
export const RECORDING_ID = /^\w[\w.:-]{0,199}$/;
