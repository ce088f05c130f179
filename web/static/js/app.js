// Finds what a page asks for by data attribute and loads only those behaviours. Every page works without.
const behaviours = {
  "[data-live]": "live",
  "[data-said]": "announce",
  "[data-filter]": "filter",
  "[data-select]": "select",
  "[data-confirm]": "confirm",
  "[data-submit-once]": "submit",
  "[data-autostart]": "start",
  "[data-print]": "print",
};

for (const [selector, name] of Object.entries(behaviours)) {
  if (document.querySelector(selector)) {
    import(`./behaviours/${name}.js`).then((behaviour) => behaviour.start(document));
  }
}
