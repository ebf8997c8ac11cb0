/* The locations that are always there (schemas/resources/location.lua). */
#ifndef SOJOURN_LOCATIONS_H
#define SOJOURN_LOCATIONS_H

#define SJ_LOCATION_HUB_NONE "Hub_None" /* devices whose device pool says nothing */
#define SJ_LOCATION_PHANTOM "Phantom"   /* calls with an end there are not counted */
#define SJ_LOCATION_SHADOW "Shadow"     /* trunks to clusters that may be counted together */

#endif
