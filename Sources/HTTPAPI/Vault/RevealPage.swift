/// A page for a frame: `/card#TOKEN`. What follows the `#` is never sent, so no log of a server has the token.
enum RevealPage {
    static let html = """
        <!doctype html>
        <html lang="en">
        <head><meta charset="utf-8"><title>Card</title></head>
        <body>
        <output id="pan"></output> <output id="expiry"></output> <output id="cvv2"></output>
        <script src="/card.js"></script>
        </body>
        </html>

        """

    static let script = """
        const token = location.hash.slice(1);
        history.replaceState(null, "", location.pathname);
        const show = (id, text) => { document.getElementById(id).textContent = text; };
        fetch("/reveal", {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify({ token })
        }).then(async (answer) => {
          const card = await answer.json();
          if (!answer.ok) throw new Error(card.code);
          show("pan", card.pan.replace(/(.{4})(?=.)/g, "$1 "));
          show("expiry", card.expiry);
          show("cvv2", card.cvv2 ?? "");
        }).catch((error) => show("pan", error.message));

        """
}
