// Shows the API's description, and sends what is tried as the person who is logged in.
(() => {
  const place = document.getElementById("reference");
  const cookie = (name) =>
    document.cookie.split("; ").find((each) => each.startsWith(`${name}=`))?.slice(name.length + 1);

  window.SwaggerUIBundle({
    domNode: place,
    url: place.dataset.schema,
    deepLinking: true,
    docExpansion: "none",
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    validatorUrl: null,
    onComplete: () => place.querySelector("#servers")?.setAttribute("aria-label", place.dataset.server),
    requestInterceptor: (request) => {
      const token = cookie("csrftoken");
      if (token) request.headers["X-CSRFToken"] = token;
      return request;
    },
  });
})();
