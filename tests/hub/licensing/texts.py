"""Licences written for the tests: two siblings that differ in a clause and their names, and a stranger."""

MILL = """
THE WATERMILL LICENSE AGREEMENT
Version 1, released on the first of May

1. Whoever comes to the mill may grind corn there, by day and by night, alone or with others.

2. The miller keeps the stones sharp and the wheel greased, and does not promise that the river
brings water, that the wind stays away, or that the mice leave anything in the sacks.

3. Who sells the flour tells the buyers that it was ground at the Watermill, and gives them a copy
of this agreement together with the first sack of each year.

4. Nobody may divert the river, lower the dam, or put another wheel between the dam and the mill.

5. Whoever sues the miller because of bad flour has ground there for the last time.

6. The courts of the town by the river decide what the parties cannot settle among themselves.

7. Donkeys are tied to the oak tree and not to the gate. Carts stay on the near bank unless the ice
bears them, which the miller alone decides on every morning between Christmas and Easter.

8. If one of these sentences cannot stand before a court, the others stand nevertheless, and in the
place of the one that fell there stands what comes nearest to it and is allowed.
"""
RESEARCH_MILL = MILL.replace("THE WATERMILL LICENSE", "THE WATERMILL RESEARCH LICENSE").replace(
    "1. Whoever comes to the mill may grind corn there, by day and by night, alone or with others.",
    "1. Whoever studies milling may grind corn there for study only, and never for money.",
)
BAKERY = """
BAKERY TERMS

Bread that is left over in the evening belongs to the first who asks for it, provided that they
carry it home themselves. The baker answers for nothing that happens to it on the way. Cakes are
not bread, and rolls are only on Saturdays. A child that asks is given a pretzel, whether bread is
left over or not, and the bakery closes when the last loaf is gone. Whoever brings wood for the
oven is a friend of the house and pays half.
"""
