// Shows the API's description, and sends what is tried as the person who is logged in.
(() => {
  const place = document.getElementById("reference");
  const cookie = (name) =>
    document.cookie.split("; ").find((each) => each.startsWith(`${name}=`))?.slice(name.length + 1);

  // The list of servers has no name of its own, and is drawn at no told moment, maybe more than once.
  const name = () =>
    place.querySelector("#servers:not([aria-label])")?.setAttribute("aria-label", place.dataset.server);
  new MutationObserver(name).observe(place, { childList: true, subtree: true });

  window.SwaggerUIBundle({
    domNode: place,
    url: place.dataset.schema,
    deepLinking: true,
    docExpansion: "none",
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    validatorUrl: null,
    requestInterceptor: (request) => {
      const token = cookie("csrftoken");
      if (token) request.headers["X-CSRFToken"] = token;
      return request;
    },
  });
})();
