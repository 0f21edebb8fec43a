// An end to waiting for the network. Older browsers have no AbortSignal.timeout.

/** The wait has ended without an answer. */
export class TooSlow extends Error {}

/**
 * Do something that heeds a signal, all of it within so many milliseconds.
 * @template Result
 * @param {number} milliseconds @param {(signal: AbortSignal) => Promise<Result>} work
 * @returns {Promise<Result>} rejects with TooSlow when the time is up
 */
export async function within(milliseconds, work) {
  const control = new AbortController();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    control.abort();
  }, milliseconds);
  try {
    return await work(control.signal);
  } catch (error) {
    throw late ? new TooSlow() : error;
  } finally {
    clearTimeout(timer);
  }
}
