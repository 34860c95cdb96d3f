// Storage: what the browser keeps for us, if it lets us.
// A private window or a full disk makes every call throw; the page must work all the same, only forgetfully.

export const remembered = keep(() => window.localStorage);
export const thisTab = keep(() => window.sessionStorage);

function keep(storage) {
  return {
    read(key) {
      try {
        return storage().getItem(key);
      } catch {
        return null;
      }
    },
    write(key, text) {
      try {
        storage().setItem(key, text);
      } catch {
        // See above: forgetting is the worst that happens.
      }
    },
    forget(key) {
      try {
        storage().removeItem(key);
      } catch {
        // See above.
      }
    },
    forgetAll() {
      try {
        storage().clear();
      } catch {
        // See above.
      }
    },
  };
}
