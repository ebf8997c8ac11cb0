-- The 17 civic fields of RFC 4119, under the names administrators know.
return {
  part = "civic_address", title = "Civic Address", doc = "A place in words, as in RFC 4119; empty fields are unknown.",
  fields = {
    { "country", "text", max = 2, format = "country", title = "Country using the two-letter abbreviation", doc = "ISO 3166 code (country)." },
    { "national_subdivision", "text", max = 100, title = "State, Region, or Province (A1)", doc = "State, region, province or prefecture (A1)." },
    { "district", "text", max = 255, title = "County or Parish (A2)", doc = "County or parish (A2)." },
    { "community_name", "text", max = 255, title = "City or Township (A3)", doc = "City or township (A3)." },
    { "city_division", "text", max = 255, title = "Borough or City District (A4)", doc = "Borough, ward or city district (A4)." },
    { "neighbourhood", "text", max = 255, title = "Neighborhood (A5)", doc = "Neighbourhood or block (A5)." },
    { "street", "text", max = 255, title = "Street (A6)", doc = "Street without direction and suffix (A6)." },
    { "leading_street_direction", "text", max = 50, title = "Leading Street Direction (PRD)", doc = "N, E, SW ... before the street (PRD)." },
    { "trailing_street_suffix", "text", max = 50, title = "Trailing Street Suffix (POD)", doc = "Direction after the street (POD)." },
    { "street_suffix", "text", max = 255, title = "Street Suffix (STS)", doc = "Avenue, Platz ... (STS)." },
    { "house_number", "text", max = 16, title = "House Number (HNO)", doc = "House number (HNO)." },
    { "house_number_suffix", "text", max = 100, title = "House Number Suffix (HNS)", doc = "A, 1/2 ... (HNS)." },
    { "landmark", "text", max = 255, title = "Landmark (LMK)", doc = "Landmark or vanity address (LMK)." },
    { "location", "text", max = 255, title = "Location (LOC)", doc = "Further location, such as a room (LOC)." },
    { "floor", "text", max = 16, title = "Floor (FLR)", doc = "Floor (FLR)." },
    { "occupant_name", "text", max = 255, title = "Name of Business or Resident (NAM)", doc = "Occupant or office (NAM)." },
    { "postal_code", "text", max = 100, title = "Zip or Postal Code (PC)", doc = "Postal code (PC)." },
  },
}
