type Child = Node | string | undefined;

/** Makes an element; text always goes in as text, so nothing from a prompt or a bundle can become markup. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  { className, title, ...rest }: { className?: string; title?: string } & Record<string, unknown> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  if (className !== undefined) node.className = className;
  if (title !== undefined) node.title = title;
  Object.assign(node, rest);
  node.append(...children.filter((child) => child !== undefined));
  return node;
}

/** Makes a button with a name for screen readers. */
export function button(label: string, onclick: () => void, className = ""): HTMLButtonElement {
  return element("button", { type: "button", className, onclick }, label);
}

/** Makes a table of facts; what is undefined is left out. */
export function facts(rows: [string, Child][]): HTMLElement {
  const list = element("dl");
  for (const [name, value] of rows) {
    if (value !== undefined && value !== "") list.append(element("dt", {}, name), element("dd", {}, value));
  }
  return list;
}
