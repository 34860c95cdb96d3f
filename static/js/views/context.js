// Context: how a view reaches the parts that `main.js` put together, and how it keeps quiet when nothing changed.
import { Component, createContext, h } from "preact";
import { useContext } from "preact/hooks";

export const Eliza = createContext(null);

export function useEliza() {
  return useContext(Eliza);
}

/** The view is drawn again only when one of its properties, or an element of one that is a list, is another value. */
export function memo(view) {
  return class extends Component {
    shouldComponentUpdate(next) {
      const names = new Set([...Object.keys(this.props), ...Object.keys(next)]);
      return [...names].some((name) => !isSame(this.props[name], next[name]));
    }

    render(props) {
      return h(view, props);
    }
  };
}

function isSame(a, b) {
  if (!Array.isArray(a) || !Array.isArray(b)) return Object.is(a, b);
  return a.length === b.length && a.every((element, index) => Object.is(element, b[index]));
}
