#!/usr/bin/env bash
# Own stiffness data from a CSV file to a trained network and its plastic response.
#
#   bash examples/own_data.sh [FOLDER]
#
# examples/layers.csv holds 60 samples of a laminate with 30 % of phase 2 and layers normal
# to axis 3, computed elsewhere: MPa, engineering shear strains, components ordered as in
# Abaqus. Half a matrix is enough, because stiffnesses are symmetric.
set -euo pipefail
folder=${1:-own_data}
mkdir -p "$folder"

laminet import examples/layers.csv --notation voigt --order 11,22,33,12,13,23 --unit MPa \
  --validation 10 --out "$folder/elastic.nc"
laminet train --data "$folder/elastic.nc" --model imn --depth 3 --samples 50 --batch 10 \
  --epochs 1000 --out "$folder/network"
laminet predict --network "$folder/network/network.nc" --data "$folder/elastic.nc" \
  --out "$folder/predicted.nc"
laminet evaluate --network "$folder/network/network.nc" \
  --materials examples/composite_2.yaml --control stress --out "$folder/online.nc"
laminet plot "$folder/network/network.nc" --kind normals --out "$folder/normals.png"
laminet plot "$folder/online.nc" --out "$folder/own_data.png"
